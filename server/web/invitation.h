/* invitation.h: what the holder of an invitation's link sees and does. */
#ifndef VEHA_WEB_INVITATION_H
#define VEHA_WEB_INVITATION_H

#include "veha/resource.h"

extern const struct resource_table invitation_table; /* /invitations/{token}, /session/invitations/{token} */

#endif
