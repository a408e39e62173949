// The code of one function, by the algorithm of the WebAssembly specification's appendix ("Validation Algorithm"): a
// stack of the types of all operands, and a stack of open blocks. Instructions outside of twentywatt's ABI do not exist
// here.
#ifndef TW_CHECK_CODE_H
#define TW_CHECK_CODE_H

#include "tw_check_read.h"

// The body of function `index`: locals and code, up to c->end.
void tw_check_body(tw_checker_t *c, uint32_t index);

#endif
