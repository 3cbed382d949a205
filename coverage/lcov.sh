# shellcheck shell=bash
# Sourced: what lcov 1 and 2 call differently, and numbers out of a tracefile.

branches=(--rc lcov_branch_coverage=1)
html_branches=(--branch-coverage)
if lcov --version | grep -q 'version [2-9]'; then
    branches=(--rc branch_coverage=1 --ignore-errors "mismatch,unused,empty,negative,gcov,source,inconsistent")
    html_branches+=(--ignore-errors "source,inconsistent,unmapped,category")
fi

# capture FOLDER SOURCES OUT: counts of the objects under FOLDER for the sources under SOURCES (a pattern). What no
# process ever ran has no counts at all: it is there by the first, empty capture.
capture() {
    local all=(-q "${branches[@]}" --directory "$1" --include "$2")
    if lcov "${all[@]}" --capture --initial --output-file "$3.none" >"$3.log" 2>&1; then
        lcov "${all[@]}" --capture --output-file "$3.some" >>"$3.log" 2>&1 && grep -q '^SF:' "$3.some" ||
            cp "$3.none" "$3.some" # nothing ran
        lcov -q "${branches[@]}" -a "$3.none" -a "$3.some" --output-file "$3" >>"$3.log" 2>&1 && return
    fi
    tail -n 5 "$3.log" >&2
    return 1
}

# page TRACEFILE FOLDER TITLE PREFIX
page() {
    genhtml -q "${html_branches[@]}" --legend --title "$3" --prefix "$4" --output-directory "$2" "$1" >"$1.html.log" 2>&1 ||
        { tail -n 5 "$1.html.log" >&2; return 1; }
}

# line_of TITLE TRACEFILE PREFIX: `TITLE  lines 81.2% (812/1000)  branches ...  functions ...` of files under PREFIX
line_of() {
    awk -F: -v title="$1" -v prefix="$3" '
        function share(name, hit, all) { printf "  %s %s (%d/%d)", name, all ? sprintf("%.1f%%", 100 * hit / all) : "-", hit, all }
        /^SF:/ {on = index($2, prefix) == 1}
        on && /^(LF|LH|BRF|BRH|FNF|FNH):/ {n[$1] += $2}
        END {printf "%-10s", title; share("lines", n["LH"], n["LF"]); share("branches", n["BRH"], n["BRF"])
            share("functions", n["FNH"], n["FNF"]); print ""}' "$2"
}
