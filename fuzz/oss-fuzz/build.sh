#!/bin/bash -eu
# Builds the fuzz targets in the image of OSS-Fuzz or ClusterFuzzLite, with their seeds and dictionaries. Not run yet: the
# project has no public repository.

cd "$SRC/certbound/fuzz"
cargo fuzz build --fuzz-dir . --release
for source in fuzz_targets/*.rs; do
	target=$(basename "$source" .rs)
	cp "target/x86_64-unknown-linux-gnu/release/$target" "$OUT/"
	zip --quiet --junk-paths "$OUT/${target}_seed_corpus.zip" "seeds/$target"/*
	if [ -e "$target.dict" ]; then
		cp "$target.dict" "$OUT/"
	else
		cp json.dict "$OUT/$target.dict"
	fi
done
