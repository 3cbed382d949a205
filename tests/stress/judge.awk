# Sums up the lines of experiments.awk, and says which of them should not be there. FILE, -v awake=FILE, has the
# scenarios in which programs may wait for time and mostly do not come to: somebody is late by design, or has timers.
function advanced_wrongly(why) {
    wrong++
    print "advanced wrongly: " $8 " in round " $1 + 1 ": " why
}
function scenario(file) {
    file = $8
    sub(/: .*/, "", file)
    return file
}
BEGIN {
    FS = "\t"
    while ((getline file < awake) > 0)
        may_wait[file]
    leeway = 250000000 # what the harness itself waits for at the end of an experiment, in all
}
$2 == "real" && $7 > takes[$8] {
    takes[$8] = $7
}
{
    line[NR] = $0
}
END {
    for (i = 1; i <= NR; i++) {
        $0 = line[i]
        experiments++
        verdicts[$3]++
        looks += $6
        jumps += $5
        by_clock[$2]++
        if ($3 != "pass" && $3 != "skip")
            failed[$3 ": " $8 " (" $2 ")"]++
        if ($2 == "real" && $4 != 0)
            advanced_wrongly("time was real")
        if ($2 != "virtual" || $3 == "skip")
            continue
        if ($1 == 0) {
            if ($5 > 0)
                may_wait[scenario()]
        } else if ($5 > 0 && !(scenario() in may_wait))
            advanced_wrongly("nobody waited before, and now " $5 " jumps of " $4 / 1e6 " ms")
        else if ($8 in takes && $4 > takes[$8] + leeway)
            advanced_wrongly($4 / 1e6 " ms, and in real time it takes " takes[$8] / 1e6)
    }
    for (name in failed)
        print failed[name] " x " name
    other = experiments - verdicts["pass"] - verdicts["skip"] - verdicts["hang"] - verdicts["timeout"]
    printf "%d experiments, %d hang, %d timeout, %d otherwise failed, %d advanced wrongly; ", experiments, verdicts["hang"],
        verdicts["timeout"], other, wrong
    printf "%d virtual, %d real, %d skipped, %d looks, %d jumps\n", by_clock["virtual"], by_clock["real"], verdicts["skip"], looks,
        jumps
    exit verdicts["hang"] || verdicts["timeout"] || other || wrong || experiments == 0
}
