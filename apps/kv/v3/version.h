/* version.h -- what this release calls itself. */
#ifndef KV_VERSION_H
#define KV_VERSION_H

#ifndef KV_VERSION
#define KV_VERSION "3.0.0"
#endif

#endif
