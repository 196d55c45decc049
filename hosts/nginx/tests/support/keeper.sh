# keeper DIRECTORY NGINX ARGUMENTS...
#
# Runs nginx until it ends, or until the other end of standard input is closed. A test that is killed, or keeps its nginx
# in a static, thus takes it along. Removes the directory in the end. Started in a process group of its own.
directory=$1
shift
exec 3<&0
"$@" </dev/null 3<&- >>"$directory/output.log" 2>&1 &
nginx=$!
echo "$nginx"
exec >&-
cat <&3 >/dev/null 2>&1 &
wait -n

# Gracefully, then at once. A master that is killed leaves its workers behind, so that goes to the whole group.
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
