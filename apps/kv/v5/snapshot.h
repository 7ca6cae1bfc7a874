/* snapshot.h -- all databases in one file.
 *
 *      file    = "KVSNAP01" record* 0xff checksum
 *      record  = type:u8 database:u8 expires_at:i64 key:text value
 *      value   = text                                  string
 *              | count:u32 text*                       list, set
 *              | count:u32 (text text)*                hash
 *              | count:u32 (text score:f64)*           sorted set
 *      text    = length:u32 bytes
 *
 * Numbers are little-endian; expires_at is in milliseconds since 1970, 0 for never; the checksum is
 * the FNV-1a hash of everything before it.  The type numbers belong to the file format and stay
 * what they are, whatever object.h does.  Every release reads and writes this format.
 */
#ifndef KV_SNAPSHOT_H
#define KV_SNAPSHOT_H

#include <stdbool.h>

/* Both say on stderr what went wrong.  A failing save leaves the file that was there before. */
bool snapshot_save(const char *path);
/* Into empty databases; what has expired meanwhile is left out. */
bool snapshot_load(const char *path);

#endif
