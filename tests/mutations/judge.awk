# judge.awk PLAN REPORT.tap: what came of the experiments against the plan (mutate.awk), as TAP and a sum.

FNR == 1 { part++ }

part == 1 { split($0, field, "\t") }
part == 1 && field[1] == "mutation" { mutations[++mutation_count] = field[2] }
part == 1 && field[1] == "caught" {
    cases[++case_count] = field[2]
    scenario[field[2]] = field[3] (field[4] == "*" ? "" : " " field[4])
    sign[field[2]] = field[5]
}
part == 1 && field[1] == "wrong" { wrong[field[2]] = field[3] }

# The report: one experiment after the other, "NAME.K KIND [...]", its diagnostics behind it.
part == 2 && /^(not )?ok [0-9]+ - / {
    test = $0
    sub(/^(not )?ok [0-9]+ - /, "", test)
    split(test, word, " ")
    kind = word[1] " " word[2]
    tests[kind, ++count[kind]] = test
    verdict[test] = $1 == "ok" ? (test ~ / # SKIP/ ? "skip" : "pass") : "fail"
    in_detail = 0
}
part == 2 && /^  severity: / { verdict[test] = value($0) }
part == 2 && /^  message: / { message[test] = value($0) }
part == 2 && /^    - what: / { what = value($0) }
part == 2 && /^      process: / { process = value($0) }
part == 2 && /^      expected: / { expected = value($0) }
part == 2 && /^      got: / { note_failure(process ": " what ": expected " expected ", got " value($0)) }
part == 2 && in_detail { detail[test] = detail[test] "\n" $0 }
part == 2 && /^  detail: / { in_detail = 1 }

# The text between the quotes.
function value(line)
{
    sub(/^[ -]*[a-z]+: "/, "", line)
    sub(/"$/, "", line)
    gsub(/\\"/, "\"", line)
    return line
}

function note_failure(line)
{
    failures[test] = failures[test] "\n" line
    split(test, word, " ")
    if (word[1] in sign && line ~ sign[word[1]])
        signed[test]
}

# A fault that did not fire proves nothing of the loop, unless the sign is there as well.
function not_caught(name, i, found, kind)
{
    kind = name " mutated"
    for (i = 1; i <= count[kind]; i++) {
        found = tests[kind, i]
        if (verdict[found] !~ /^(fail|timeout|hang|spin)$/)
            return found ": verdict: got " verdict[found] ", expected fail, timeout, hang or spin\n" message[found]
        if (!(found in signed))
            return found ": no failure is " sign[name] failures[found] detail[found]
    }
    return count[kind] > 0 ? "" : "no experiment of that name"
}

function not_sound(name, i, found, kind)
{
    kind = name " sound"
    for (i = 1; i <= count[kind]; i++) {
        found = tests[kind, i]
        if (verdict[found] != "pass")
            return found ": verdict: got " verdict[found] ", expected pass" failures[found] detail[found]
    }
    return count[kind] > 0 ? "" : "no experiment of that name"
}

function report(why, claim)
{
    number++
    printf "%sok %d - %s\n", why == "" ? "" : "not ", number, claim
    if (why == "") {
        passed++
        return
    }
    failed++
    gsub(/\n/, "\n# ", why)
    print "# " why
}

END {
    for (i = 1; i <= mutation_count; i++)
        if (!(mutations[i] in wrong))
            report("", mutations[i] ": applies and compiles")
    for (name in wrong)
        report(wrong[name], name ": applies and compiles")
    for (i = 1; i <= case_count; i++) {
        name = cases[i]
        mutation = name
        sub(/\.[0-9]+$/, "", mutation)
        if (mutation in wrong)
            continue
        report(not_sound(name), mutation ": before it, " scenario[name] " passes")
        report(not_caught(name), mutation ": with it, " scenario[name] " fails")
    }
    printf "1..%d\n%d passed, %d failed\n", number, passed, failed
    exit failed > 0 || passed == 0
}
