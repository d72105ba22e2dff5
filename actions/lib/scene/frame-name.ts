/** What the stages take for photographs and videos: `containers/common/darkroom_scene/frames.py`, which looks into them. */
const PHOTO = /\.(?:jpe?g|jpe|png|webp|tiff?|bmp|heic|heif|avif)$/i;
const VIDEO = /\.(?:mp4|mov|m4v|avi|mkv|webm|mpe?g|3gp|m2ts|mts)$/i;

/** Whether a file's name is that of a photograph or a video; `._…` is what macOS writes beside one. */
export function isFrameName(name: string): boolean {
  return !name.startsWith('._') && (PHOTO.test(name) || VIDEO.test(name));
}
