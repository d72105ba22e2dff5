/** Names that Dockerfiles install though few packages depend on them; some were gone before the oldest index. */
export const WATCHED: readonly string[] = `
  adduser apt-transport-https apt-utils bsdmainutils chromium-browser dnsutils docker-compose exfat-utils
  gnupg-agent gnupg-curl google-perftools iproute lsb-core mime-support multiarch-support neofetch netcat ntp ntpdate
  policykit-1 python python-dev python-is-python2 python-minimal python-numpy python-pip python-setuptools python-tk
  python-virtualenv python-wheel python2 python2-dev python2-minimal python3-distutils python3-lib2to3 python3-nose
  python3-virtualenv python3-imp realpath rename software-properties-common sysvinit-utils ttf-dejavu ttf-freefont
  ttf-liberation ttf-ubuntu-font-family ttf-wqy-zenhei xfonts-base youtube-dl libav-tools mysql-client mysql-server
  libmysqlclient-dev mongodb mongodb-server nodejs-legacy npm yarn
  libasound2 libatk-bridge2.0-0 libatk1.0-0 libatspi2.0-0 libcups2 libglib2.0-0 libgtk-3-0 libgtk2.0-0 libcurl3 libcurl4
  libaio1 libappindicator1 libappindicator3-1 libavcodec-ffmpeg56 libavcodec-extra57 libavresample-dev libatlas-base-dev
  libatlas3-base libblas3gf libboost-all-dev libcaca-dev libcholmod3 libdc1394-22 libdc1394-22-dev
  libegl1-mesa libegl1-mesa-dev libgl1-mesa libgl1-mesa-dri libgl1-mesa-dev libgl1-mesa-glx libglapi-mesa libgles2-mesa
  libgles2-mesa-dev libgnutls-dev libhdf5-serial-dev libicu-dev libidn11 libidn11-dev libindicator7 libjasper-dev
  libjasper-runtime libjasper1 libjpeg-turbo8 libjpeg62-turbo libjpeg8 liblapack3gf libllvm6.0 libncurses5
  libncurses5-dev libncursesw5 libncursesw5-dev libopenblas-base libopenexr-dev libopenexr22 libosmesa6 libosmesa6-dev
  libpng12-0 libpng12-dev libprotobuf10 libpython-dev libpython2.7-dev libqt4-dev libqt5gui5 libqt5opengl5-dev
  libqtgui4 libreadline6 libreadline6-dev libreadline7 libssl1.0-dev libssl1.0.0 libssl1.1 libtbb2 libtbb-dev
  libtiff5 libtiff5-dev libtinfo-dev libtinfo5 libtool-bin libvtk6-dev libvtk7-dev libwebkit2gtk-4.0-37
  libwebkit2gtk-4.0-dev libwebkitgtk-3.0-0 libwebp6 libx264-148 libx264-155 libx265-95 libxvidcore4 libzmq5
  libavcodec57 libavcodec58 libavformat57 libavformat58 libavutil55 libavutil56 libswscale4 libswscale5 libffi6 libffi7
  libicu55 libicu57 libicu60 libicu63 libicu66 libicu67 libicu70 libicu72 libhdf5-100 libhdf5-103 libprotobuf17
  libprotobuf23 libprotobuf32 libceres1 libceres-dev libgoogle-glog0v5 libgflags2.2 libcgal13 libcgal-dev
  libfreeimage3 libfreeimage-dev libflann1.9 libopencv-core3.2 libopencv-core4.2 libopencv-core4.5 libvpx5 libvpx6
  libvpx7 libwebp6 libaom0 libaom3 libdav1d4 libmagickcore-6.q16-6 libgeos-3.9.0 libgdal28 libgdal32 libproj19 libproj25
  openjdk-7-jdk openjdk-7-jre oracle-java8-installer gcc-multilib xpra xserver-xorg-video-dummy
`
  .trim()
  .split(/\s+/);

/**
 * What took the place of a package. `same` for those that were already empty and only pulled the other one in: the image
 * does not change when it is named itself.
 */
export const HEIRS: Readonly<Record<string, { readonly name: string; readonly same: boolean }>> = {
  'libgl1-mesa-glx': { name: 'libgl1', same: true },
  'libegl1-mesa': { name: 'libegl1', same: true },
  'libgles2-mesa': { name: 'libgles2', same: true },
  netcat: { name: 'netcat-openbsd', same: false },
  libasound2: { name: 'libasound2t64', same: false },
  libaio1: { name: 'libaio1t64', same: false },
  'libopenblas-base': { name: 'libopenblas0', same: false },
  'policykit-1': { name: 'polkitd', same: false },
  'exfat-utils': { name: 'exfatprogs', same: false },
  'mime-support': { name: 'media-types', same: false },
  libtbb2: { name: 'libtbb12', same: false },
  libtinfo5: { name: 'libtinfo6', same: false },
  libncurses5: { name: 'libncurses6', same: false },
  libncursesw5: { name: 'libncursesw6', same: false },
  'libav-tools': { name: 'ffmpeg', same: false },
  iproute: { name: 'iproute2', same: false },
  'libdc1394-22-dev': { name: 'libdc1394-dev', same: false },
  'libatlas-base-dev': { name: 'libopenblas-dev', same: false },
  'python-dev': { name: 'python3-dev', same: false },
  'python-pip': { name: 'python3-pip', same: false },
  'python-setuptools': { name: 'python3-setuptools', same: false },
  python: { name: 'python3', same: false },
  'python3-distutils': { name: 'python3-setuptools', same: false },
  ntp: { name: 'ntpsec', same: false },
  'libpng12-dev': { name: 'libpng-dev', same: false },
  'libtiff5-dev': { name: 'libtiff-dev', same: false },
  'youtube-dl': { name: 'yt-dlp', same: false },
  'libncurses5-dev': { name: 'libncurses-dev', same: false },
  bsdmainutils: { name: 'bsdextrautils', same: false },
  neofetch: { name: 'fastfetch', same: false },
  libappindicator1: { name: 'libayatana-appindicator1', same: false },
  'libappindicator3-1': { name: 'libayatana-appindicator3-1', same: false },
  'libwebkit2gtk-4.0-37': { name: 'libwebkit2gtk-4.1-0', same: false },
  'libwebkit2gtk-4.0-dev': { name: 'libwebkit2gtk-4.1-dev', same: false },
};
