#!/bin/busybox sh
# The first process of the machine, whose root raspi-image.ts packs: /app is the program, /tests these files. What a test reads is a line "@NAME JSON"; the last line is DONE.
/bin/busybox --install -s /bin
export PATH=/bin HOME=/root
mount -t proc proc /proc
mount -t sysfs sys /sys
mount -t devtmpfs dev /dev
mount -t debugfs debug /sys/kernel/debug
echo root:x:0:0:root:/root:/bin/sh > /etc/passwd
echo root:x:0: > /etc/group

echo "@doctor $(node /app/build/host/cli/main.js doctor --json)"
node /tests/raspi-lines.mjs /app
node /tests/raspi-networks.mjs /app /tmp/networks
echo "@seconds $(cut -d' ' -f1 /proc/uptime)"
echo DONE
sleep 3600
