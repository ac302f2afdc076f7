/* Of libtirpc no more than XDR, so that a source may declare what libtirpc does: the port mapper, say. */
#include <rpc/types.h>
#include <rpc/xdr.h>
typedef struct CLIENT CLIENT;
typedef struct SVCXPRT SVCXPRT;
