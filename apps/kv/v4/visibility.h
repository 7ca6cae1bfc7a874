/* visibility.h -- for the declaration of a variable that several files share.
 *
 * Hidden: no other module has a part in it, so a release, which is a shared object, reaches
 * the variable as directly as a program would instead of by way of a table of addresses. */
#ifndef KV_VISIBILITY_H
#define KV_VISIBILITY_H

#define KV_HIDDEN __attribute__((visibility("hidden")))

#endif
