"""Structure from motion: photographs or videos in, cameras and points out."""
