/* version.h -- what this release calls itself. */
#ifndef RADIO_VERSION_H
#define RADIO_VERSION_H

#ifndef RADIO_VERSION
#define RADIO_VERSION "4.0.0"
#endif

#endif
