// A module's way into a slot: announced, written, tried, and only then the one that boots.
#ifndef TW_DEPLOY_H
#define TW_DEPLOY_H

#include "tw_request.h"
#include "tw_state.h"

// BEGIN, DATA, READ_BACK, TRY, ACTIVATE, ABORT.
int tw_deploy(tw_t *tw, const tw_frame_t *request, tw_reply_t *reply);

// Ends a deployment at whatever stage it is; after a trial the active module comes back.
void tw_deploy_end(tw_t *tw);

#endif
