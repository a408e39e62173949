/** Our own reader of HDF5: README.md says why. */
export { readHdf5 } from "./read.ts";
export type { Hdf5, Hdf5Group, Hdf5Numbers, Hdf5Strings } from "./tree.ts";
