#!/bin/sh
# The first process of the virtual machine: drivers, then the host's own files (read-only, changes in memory) as root
# folder, then the tests. What it prints is the machine's console.
/bin/busybox --install -s /bin
mount -t proc proc /proc
mount -t sysfs sysfs /sys
mount -t devtmpfs dev /dev
while read -r module; do insmod "/modules/$module.ko" || echo "no $module"; done </modules/order

mount -t 9p -o trans=virtio,version=9p2000.L,msize=512000,cache=loose,ro host /lower
mount -t tmpfs tmpfs /upper
mkdir /upper/changed /upper/work
mount -t overlay -o lowerdir=/lower,upperdir=/upper/changed,workdir=/upper/work overlay /new

for folder in proc sys dev; do mount --move "/$folder" "/new/$folder"; done
mkdir -p /new/dev/pts /new/dev/shm
mount -t devpts devpts /new/dev/pts
mount -t tmpfs tmpfs /new/dev/shm
mount -t tmpfs tmpfs /new/run
mount -t configfs configfs /new/sys/kernel/config
mount -t debugfs debugfs /new/sys/kernel/debug
mkdir /new/run/modules /new/run/results
cp /modules/*.ko /new/run/modules
mount -t 9p -o trans=virtio,version=9p2000.L,msize=512000,cache=none results /new/run/results
ip link set lo up

chroot /new /bin/sh /run/results/run.sh >/new/run/results/output.txt 2>&1 </new/dev/null
sync
poweroff -f
