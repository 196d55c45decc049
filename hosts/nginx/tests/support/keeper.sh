# keeper DIRECTORY NGINX ARGUMENTS...
#
# Runs nginx until it exits, or until the other end of standard input is closed, then removes the directory. So nginx also
# stops if its test is killed, or keeps it in a static, which Rust never drops. The keeper must be started in a new process
# group.
directory=$1
shift
exec 3<&0
"$@" </dev/null 3<&- >>"$directory/output.log" 2>&1 &
nginx=$!
echo "$nginx"
exec >&-
cat <&3 >/dev/null 2>&1 &
wait -n

# Gracefully, then immediately. A killed master leaves its workers behind, so the last signal goes to the whole group.
for signal in QUIT TERM; do
    kill -s "$signal" "$nginx" 2>/dev/null
    for _ in {1..40}; do
        kill -s 0 "$nginx" 2>/dev/null || break 2
        sleep 0.05
    done
done
cat <&3 >/dev/null
rm -rf "$directory"
kill -s KILL 0
