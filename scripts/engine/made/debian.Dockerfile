# The whole file system comes from Debian packages, laid out by make-upstream.ts.
FROM scratch
ADD rootfs.tar /
CMD ["bash"]
