# shellcheck shell=bash
# What comes of each trial of a sweep, and whether two sweeps agree. For scripts that have sourced tests/cli/lib.sh.

# sweeps STATUS NAME FILE OPTION...: what came of each trial that fired is in $dir/NAME.trials, "RULE VERDICT"
sweeps() {
    local status=$1 name=$2 file=$3
    shift 3
    gives "$status" "$sockfault" sweep --only '!*:silence *' "$@" --records "$dir/records" --report json="$dir/$name.json" "$file"
    awk -F '": ' '
        /^ +"rule": / {rule = $2}
        /^ +"outcome": / {outcome = $2}
        /^ +"class": / && rule != "" {
            gsub(/[",]/, "", $2)
            if ($2 == "survived" || $2 == "defect")
                print rule "\t" ($2 == "defect" ? outcome : $2)
            rule = ""
        }' "$dir/$name.json" | sed 's/",$//; s/",\t/\t/; s/^"//; s/\t"/\t/' | sort >"$dir/$name.trials"
    [ "$(wc -l <"$dir/$name.trials")" -ge 4 ] || problem "$name: got $(cat "$dir/$name.trials" "$dir/err"), expected trials"
}

# What fired in one of two sweeps alone met another moment (data that had come already, say): it is left out. At least
# half of each is in both.
agree() {
    join -t $'\t' "$dir/afresh.trials" "$dir/lasting.trials" >"$dir/both"
    awk -F '\t' '$2 != $3 {bad = 1} END {exit bad}' "$dir/both" || problem "got $(diff "$dir/afresh.trials" "$dir/lasting.trials"), expected the same verdicts"
    [ $((2 * $(wc -l <"$dir/both"))) -ge "$(wc -l <"$dir/afresh.trials")" ] || problem "got $(cat "$dir/both"), expected more"
}

# same STATUS FILE OPTION...: swept by guardians that live on, and with everything afresh
same() {
    local status=$1 file=$2
    shift 2
    sweeps "$status" afresh "$file" --fresh "$@"
    sweeps "$status" lasting "$file" -j1 "$@"
    agree
}
