/** What is left of an HDF5 file once it is read: groups, numbers and strings. */

export type Hdf5Group = { readonly kind: "group"; readonly children: ReadonlyMap<string, Hdf5> };
export type Hdf5Numbers = {
  readonly kind: "numbers";
  readonly shape: readonly number[];
  /** int64 values are exact below 2^53; NIR's are sizes */
  readonly numbers: Float64Array;
};
export type Hdf5Strings = {
  readonly kind: "strings";
  readonly shape: readonly number[];
  readonly strings: readonly string[];
};
export type Hdf5 = Hdf5Group | Hdf5Numbers | Hdf5Strings;
