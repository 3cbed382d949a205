# shellcheck shell=bash disable=SC2154  # $dir and others come from lib.sh
# The manual page names what there is.

page=$PWD/docs/sockfault.1
plain() { sed 's/\\f.//g; s/\\-/-/g; s/\\(aq/'"'"'/g' "$page"; }

if command -v man >/dev/null && command -v groff >/dev/null; then
    gives 0 man --warnings -l "$page"
    silent err
    claim "the manual page is well-formed"
else
    without "the manual page is well-formed" "no man or groff"
fi

plain >"$dir/page"
for command in run sweep replay shrink wrap ctl check list doctor; do
    grep -q "^.SS \"sockfault $command\"" "$page" || problem "no section about 'sockfault $command'"
    for option in $("$sockfault" "$command" --help | grep -oE -- '--[a-z][a-z-]+' | sort -u); do
        grep -qE -- "$option\b" "$dir/page" || problem "no word about $command $option"
    done
done
for key in $("$sockfault" wrap --fault 'recv:?=1' -- true 2>&1 | sed -n 's/.*expected one of //p'); do
    grep -qE "^\.(B|BI|BR) $key(=|\$)" "$dir/page" || problem "no word about the key $key"
done
for topic in calls faults model errors expectations keys; do
    gives 0 "$sockfault" list "$topic"
    grep -qE "^\.B.*\b$topic\b" "$dir/page" || problem "no word about list $topic"
done
grep -oE 'getenv\("[A-Z_]+"\)' -rh "$PWD/harness" "$PWD/shim" | sed 's/.*"\(.*\)".*/\1/' | sort -u >"$dir/variables"
while read -r variable; do
    case $variable in PATH | DEBUGINFOD_URLS) continue ;; esac
    grep -q "\b$variable\b" "$dir/page" || problem "no word about the variable $variable"
done <"$dir/variables"
grep -q "^.TH SOCKFAULT 1 \"\" \"$("$sockfault" --version | sed s/sock/Sock/)\"" "$page" || problem "another version"
claim "it names every command, option, key and variable"
