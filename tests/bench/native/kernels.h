// Layers and populations of the sizes in ../board-cases.ts.
#ifndef KERNELS_H
#define KERNELS_H

void kernels_fill(void);
void kernel_fc(void);         // 192 -> 32
void kernel_conv(void);       // 3 x 3, 8 -> 8 channels, 10 x 10, valid
void kernel_pointwise(void);  // 1 x 1, 8 -> 8 channels, 10 x 10
void kernel_depthwise(void);  // 3 x 3, 8 channels, 10 x 10, valid
void kernel_lif_sparse(void); // one step of 128 neurons with 16 synapses each, i32
void kernel_lif_dense(void);  // one step of 64 neurons, all to all, i32 with i8 weights

#endif
