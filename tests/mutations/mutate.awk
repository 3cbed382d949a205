# mutate.awk mutations.txt, with -v from=DIR -v to=DIR: makes TO/NAME/FILE of FROM/FILE for every mutation, and
# prints the plan, fields with tabs between:
#   mutation NAME PROGRAMS
#   caught NAME.K SCENARIO GLOB SIGN
#   wrong NAME MESSAGE

BEGIN { OFS = "\t" }

/^mutation: / {
    end_of_mutation()
    name = rest()
    if (name !~ /^[a-z0-9-]+$/ || name in seen)
        wrong("got the name '" name "', expected letters, digits and -, and none twice")
    seen[name]
    next
}
/^program: / { programs = rest(); next }
/^file: / { end_of_hunk(); file = rest(); next }
/^-/ {
    if (replaced)
        end_of_hunk()
    old = old substr($0, 2) "\n"
    next
}
/^\+/ { new = new substr($0, 2) "\n"; replaced = 1; next }
/^caught by: / {
    end_of_hunk()
    scenario = glob = rest()
    sub(/ .*/, "", scenario)
    if (!sub(/^[^ ]+ /, "", glob))
        glob = "*"
    next
}
/^sign: / {
    if (scenario == "")
        wrong("a sign without a scenario")
    plan = plan "caught" OFS name "." ++caught OFS scenario OFS glob OFS rest() "\n"
    scenario = ""
    next
}
/^#/ || /^$/ { next }
{ wrong("line " FNR ": got '" $0 "', expected a key, a line with - or +, or a comment") }

END { end_of_mutation() }

function rest(line)
{
    line = $0
    sub(/^[a-z ]+: /, "", line)
    return line
}

function wrong(message)
{
    print "wrong", name, message
    failed = 1
}

# The file's text with a newline in front, so that every line stands between two; "" if there is none.
function read_file(path, line, all)
{
    while ((getline line < path) > 0)
        all = all line "\n"
    close(path)
    return all == "" ? "" : "\n" all
}

# Puts the lines at hand into the file's text, which must have the old ones just once.
function end_of_hunk(at)
{
    if (old == "" && new == "")
        return
    if (!(file in text))
        text[file] = read_file(from "/" file)
    at = old == "" ? 0 : index(text[file], "\n" old)
    if (at == 0)
        wrong(file " does not have these lines:\n" old)
    else if (index(substr(text[file], at + 1), "\n" old) > 0)
        wrong(file " has these lines more than once:\n" old)
    else
        text[file] = substr(text[file], 1, at) new substr(text[file], at + 1 + length(old))
    old = new = ""
    replaced = 0
}

function end_of_mutation(path)
{
    end_of_hunk()
    if (name != "" && plan == "")
        wrong("no scenario is named")
    for (path in text) {
        if (programs == "")
            programs = path ~ /\/client/ ? "client" : path ~ /\/server/ ? "server" : "client server"
        printf "%s", substr(text[path], 2) > (to "/" name "/" path)
        close(to "/" name "/" path)
    }
    if (name != "" && !failed)
        printf "mutation%s%s%s%s\n%s", OFS, name, OFS, programs, plan
    name = programs = file = scenario = plan = ""
    caught = failed = 0
    for (path in text)
        delete text[path]
}
