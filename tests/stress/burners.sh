# shellcheck shell=bash
# Keeps the processors busy with other things; to be sourced.

# burn SECONDS: two for each processor, that end after so long, when whoever began them does, or by burn_no_more
burn() {
    burners=()
    local end=$((SECONDS + $1)) i
    for ((i = 2 * $(nproc); i > 0; i--)); do
        (
            trap - EXIT INT TERM
            while ((SECONDS < end)) && kill -0 $$ 2>/dev/null; do
                for ((spin = 0; spin < 100000; spin++)); do :; done
            done
        ) &
        burners+=($!)
    done
}

burn_no_more() {
    [ "${#burners[@]}" = 0 ] || kill "${burners[@]}" 2>/dev/null
    [ "${#burners[@]}" = 0 ] || wait "${burners[@]}" 2>/dev/null
    burners=()
}
burners=()
