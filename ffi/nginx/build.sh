#!/usr/bin/env bash
# Builds the module for one nginx: Debian's (from the package nginx-dev), or one that was built from source.
#
#   NGINX_SOURCE     nginx's source folder; /usr/share/nginx/src by default, which nginx-dev installs
#   NGINX_CONFIGURE  the flags that nginx was configured with; by default those of nginx-dev, or those that are found in
#                    NGINX_SOURCE/objs, or --with-compat and what the module needs
#   OUT              the module's file; target/nginx/ngx_http_certbound_module.so by default
#
# Nothing is written to NGINX_SOURCE, which may belong to somebody else.
set -euo pipefail

module=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
root=$(cd "$module/../.." && pwd)
source=$(cd "${NGINX_SOURCE:-/usr/share/nginx/src}" && pwd) || {
    echo "nginx's source is missing: install nginx-dev, or set NGINX_SOURCE" >&2
    exit 1
}
out=${OUT:-$root/target/nginx/ngx_http_certbound_module.so}
export CERTBOUND_LIBRARY=$root/target/release/libcertbound.a
[ -f "$CERTBOUND_LIBRARY" ] || { echo "$CERTBOUND_LIBRARY is missing: run make lib" >&2; exit 1; }

# configure writes a Makefile to the current folder, so that is one with links to the source.
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
for entry in "$source"/*; do
    case ${entry##*/} in objs | Makefile) ;; *) ln -s "$entry" "$work/" ;; esac
done
cd "$work"
configure=./configure
[ -f configure ] || configure=auto/configure # a checkout of nginx's repository has no other

flags=()
if [ -n "${NGINX_CONFIGURE:-}" ]; then
    eval "flags=($NGINX_CONFIGURE)"
elif [ -f "$source/conf_flags" ]; then
    # shellcheck disable=SC1091
    . "$source/conf_flags"
    flags=("${NGX_CONF_FLAGS[@]}"
        --with-cc-opt="-g -O2 -fPIC -fstack-protector-strong -D_FORTIFY_SOURCE=2"
        --with-ld-opt="-fPIC -Wl,-z,relro -Wl,-z,now")
elif [ -f "$source/objs/ngx_auto_config.h" ]; then
    eval "flags=($(sed -n 's/^#define NGX_CONFIGURE "\(.*\)"$/\1/p' "$source/objs/ngx_auto_config.h" | sed 's/\\"/"/g'))"
else
    flags=(--with-compat --with-http_ssl_module --with-http_v2_module)
fi

if ! { "$configure" "${flags[@]}" --add-dynamic-module="$module" --builddir=objs && make -f objs/Makefile modules; } \
    >build.log 2>&1; then
    tail -n 40 build.log >&2
    exit 1
fi
mkdir -p "$(dirname "$out")"
# Under another name first: a running nginx may have the old one mapped.
cp objs/ngx_http_certbound_module.so "$out.new"
mv "$out.new" "$out"
