"""Stage train of a scene: 3D Gaussian Splatting on a processor, without torch."""
