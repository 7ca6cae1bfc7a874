# documents.sh -- takes the blocks out of a document; sourced behind harness.sh.
#
# A fence says what a block is: ```sh commands, ```text what they print, ```c FILE and ```xf FILE
# lines of that file.

# blocks_of DOCUMENT LANGUAGE: all blocks of it, one after the other.
blocks_of() {
    awk -v fence="^\`\`\`$2( |\$)" '$0 ~ fence { inside = 1; next }
                                    /^```/ { inside = 0 } inside' "$1"
}

# listings_of DOCUMENT: writes each block that names a file to listing-N, its name to listing-N.file.
listings_of() {
    awk '/^```(c|xf) / { count++; inside = 1; print $2 > ("listing-" count ".file"); next }
         /^```/ { inside = 0 } inside { print > ("listing-" count) }' "$1"
}

free_port() {
    local port
    for port in $(shuf -i 20000-32000 -n 50); do
        if ! (: <"/dev/tcp/127.0.0.1/$port") 2>/dev/null; then
            echo "$port"
            return
        fi
    done
}
