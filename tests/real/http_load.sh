#!/bin/bash
# http_load.sh URL FILE... -- fetches URL/FILE for each file in turn, until SIGTERM, and compares
# what comes with the file.  Prints how many were right; anything else ends it with status 1.
url=$1
shift
count=0
over=
trap 'over=yes' TERM
while [ -z "$over" ]; do
    for file in "$@"; do
        if ! curl -sS --max-time 10 "$url/$(basename "$file")" -o fetched.$$; then
            [ -n "$over" ] && break # curl got the signal too
            echo "http_load: no answer after $count"
            exit 1
        fi
        if ! cmp fetched.$$ "$file"; then
            echo "http_load: wrong answer after $count"
            exit 1
        fi
        count=$((count + 1))
    done
done
rm -f fetched.$$
echo "$count right"
