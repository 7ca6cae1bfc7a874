/* version.h -- the release. */
#ifndef CACHE_VERSION_H
#define CACHE_VERSION_H

#define CACHE_VERSION "1.5.0"

#endif
