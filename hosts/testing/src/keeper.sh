# keeper DIRECTORY SIGNALS SERVER ARGUMENTS...
#
# Runs a server until it exits, or until the other end of standard input is closed, then removes the directory. So the server also
# stops if its test is killed, or keeps it in a static, which Rust never drops. The keeper must be started in a new process
# group. It writes the server's process and, once this has ended, its exit status.
directory=$1
signals=$2
shift 2
exec 3<&0
"$@" </dev/null 3<&- >>"$directory/output.log" 2>&1 &
server=$!
echo "$server"
cat <&3 >/dev/null 2>&1 &
wait -n

# Gracefully, then immediately. A killed master leaves its workers behind, so the last signal goes to the whole group.
for signal in $signals; do
    kill -s "$signal" "$server" 2>/dev/null
    for _ in {1..40}; do
        kill -s 0 "$server" 2>/dev/null || break 2
        sleep 0.05
    done
done
# If the test has ended, nothing reads this.
trap '' PIPE
kill -s 0 "$server" 2>/dev/null || { wait "$server"; echo $? 2>/dev/null; }
cat <&3 >/dev/null
rm -rf "$directory"
kill -s KILL 0
