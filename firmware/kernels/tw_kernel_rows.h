// Every kernel that the firmware has, with the numbers, names and parameters of host/module/kernels.ts: TW_KERNEL(number, name,
// parameters), and a function void tw_kernel_<name>(tw_call_t *). No include guard: whoever includes it says what TW_KERNEL
// makes of a row.
TW_KERNEL(0, conv2d, "iiiiiiiiiiiiiiiiiiiiii")
TW_KERNEL(1, conv2d_u8, "iiiiiiiiiiiiiiiiiiiiii")
TW_KERNEL(2, depthwiseConv2d3x3, "iiiiiiiiiiiiiiiiii")
TW_KERNEL(3, depthwiseConv2d, "iiiiiiiiiiiiiiiiiiiii")
TW_KERNEL(4, depthwiseConv2d_i16, "iiiiiiiiiiiiiiiiiiiii")
