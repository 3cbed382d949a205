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
        wrong(FNR, "got the name '" name "', expected letters, digits and -, and none twice")
    seen[name]
    next
}
/^program: / {
    programs = rest()
    if (programs != "client" && programs != "server")
        wrong(FNR, "got '" programs "', expected client or server")
    next
}
/^file: / { end_of_hunk(); file = rest(); next }
/^-/ {
    if (new != "")
        end_of_hunk()
    if (old == "")
        old_line = FNR
    old = old substr($0, 2) "\n"
    next
}
/^\+/ { new = new substr($0, 2) "\n"; next }
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
        wrong(FNR, "got a sign, expected the scenario first")
    plan = plan "caught" OFS name "." ++caught OFS scenario OFS glob OFS rest() "\n"
    scenario = ""
    next
}
/^#/ || /^$/ { next }
{ wrong(FNR, "got '" $0 "', expected a key, a line with - or +, or a comment") }

END { end_of_mutation() }

function rest(line)
{
    line = $0
    sub(/^[a-z ]+: /, "", line)
    return line
}

# The first thing that is wrong with the mutation at hand.
function wrong(line, message)
{
    if (!failed)
        print "wrong", name == "" ? "mutations" : name, FILENAME ":" line ": error: " message
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
function end_of_hunk(at, first)
{
    if (old == "" && new == "")
        return
    if (!(file in text))
        text[file] = read_file(from "/" file)
    first = substr(old, 1, index(old, "\n") - 1)
    at = old == "" ? 0 : index(text[file], "\n" old)
    if (at == 0)
        wrong(old_line, "got lines that " file " does not have, expected some of its: " first)
    else if (index(substr(text[file], at + 1), "\n" old) > 0)
        wrong(old_line, "got lines that " file " has more than once, expected more of them: " first)
    else
        text[file] = substr(text[file], 1, at) new substr(text[file], at + 1 + length(old))
    old = new = ""
}

function write_files(path)
{
    for (path in text) {
        if (programs == "")
            programs = path ~ /\/client/ ? "client" : path ~ /\/server/ ? "server" : "client server"
        printf "%s", substr(text[path], 2) > (to "/" name "/" path)
        close(to "/" name "/" path)
    }
}

function end_of_mutation(path)
{
    end_of_hunk()
    if (name != "" && plan == "")
        wrong(FNR, "got no scenario, expected one and its sign")
    if (name != "" && !failed) {
        write_files()
        printf "mutation%s%s%s%s\n%s", OFS, name, OFS, programs, plan
    }
    for (path in text)
        delete text[path]
    name = programs = file = scenario = plan = ""
    caught = failed = 0
}
