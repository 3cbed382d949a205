# check.awk expected.txt PROGRAMS REPORT.tap: what came of the experiments against what had to.

FNR == 1 { part++ }

# expected.txt
part == 1 && /^[^ #]/ {
    name = $1
    free[name] = $2; verdict[name] = $3; process[name] = $4; what[name] = $5
    got[name] = $0
    sub(/^([^ ]+ +)([^ ]+ +)([^ ]+ +)([^ ]+ +)([^ ]+ +)/, "", got[name])
}
part == 1 && /^ / {
    pattern = $0
    sub(/^ +/, "", pattern)
    also[name] = pattern
}

part == 2 { programs[++count] = $1 }

# The report: one test after the other, its diagnostics behind it.
part == 3 && /^(not )?ok [0-9]+ - / {
    test = $0
    sub(/^(not )?ok [0-9]+ - /, "", test)
    seen[test] = $1 == "ok" ? "pass" : "fail"
    in_detail = 0
}
part == 3 && /^  severity: / { seen[test] = value($0) }
part == 3 && /^    - what: / { failures[test]++; fail_what[test, failures[test]] = value($0) }
part == 3 && /^      process: / { fail_process[test, failures[test]] = value($0) }
part == 3 && /^      got: / { fail_got[test, failures[test]] = value($0) }
part == 3 && in_detail { detail[test] = detail[test] "\n" $0 }
part == 3 && /^  detail: / { in_detail = 1 }

# The text between the quotes.
function value(line)
{
    sub(/^[ -]*[a-z]+: "/, "", line)
    sub(/"$/, "", line)
    gsub(/\\"/, "\"", line)
    return line
}

function report(holds, name, claim, why, test)
{
    number++
    if (holds) {
        passed++
        printf "ok %d - %s: %s\n", number, name, claim
        return
    }
    failed++
    printf "not ok %d - %s: %s\n", number, name, claim
    gsub(/\n/, "\n# ", why)
    printf "# %s\n", why
    if (test in detail) {
        gsub(/\n/, "\n#", detail[test])
        print "#" detail[test]
    }
}

function matches(test, name, i)
{
    return fail_process[test, i] ~ ("^(" process[name] ")$") && fail_what[test, i] == what[name] &&
        fail_got[test, i] ~ got[name]
}

# What is wrong with how the broken program failed; "" if nothing.
function wrong(name, test, i, found)
{
    if (seen[test] != verdict[name])
        return "verdict: got " (seen[test] == "" ? "none" : seen[test]) ", expected " verdict[name]
    for (i = 1; i <= failures[test]; i++) {
        if (fail_what[test, i] ~ /^rule /)
            return "a fault did not fire: " fail_got[test, i]
        found = found || matches(test, name, i)
    }
    if (!found)
        return "no failure is " process[name] ": " what[name] ": " got[name]
    if (name in also && detail[test] !~ also[name])
        return "the report does not say " also[name]
    return ""
}

END {
    for (i = 1; i <= count; i++) {
        name = programs[i]
        if (!(name in verdict)) {
            report(0, name, "stands in expected.txt", "it does not", "")
            continue
        }
        why = wrong(name, name " broken")
        report(why == "", name, "fails as expected", why, name " broken")
        report(seen[name " fixed"] == "pass", name, "passes once it is repaired", "it does not", name " fixed")
        if (free[name] != "-")
            report(seen[name " free"] == free[name], name, "passes without faults", "it does not", name " free")
        delete verdict[name]
    }
    for (name in verdict)
        report(0, name, "has a program and a scenario", "tests/broken/" name ".c is not there")
    printf "1..%d\n%d passed, %d failed\n", number, passed, failed
    exit failed > 0 || passed == 0
}
