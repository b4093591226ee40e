#!/bin/sh
# Takes the README's pictures of the real program on the bundled model: shots.sh BINARY [FOLDER]
set -eu
here=$(cd "$(dirname "$0")" && pwd)
binary=$(cd "$(dirname "$1")" && pwd)/$(basename "$1")
pictures=${2:-$here/../../Sources/lathe/Resources/screenshots}
place=$(mktemp -d)
trap 'rm -rf "$place"' EXIT
mkdir -p "$pictures"
pictures=$(cd "$pictures" && pwd)
cd "$place"

# Four edits a person might make, as a plan, so that every picture shows the same one.
XDG_CACHE_HOME=$place "$binary" plan demo -o plan.json \
  --set 'drop experts where load < 0.7x' --set 'drop moe 3' \
  --set 'bits 4 experts 1.*, 4.*, 5.*' --set 'bits 8 attention' 2>/dev/null

# shot NAME SIZE KEYS ARGUMENT...: the screen when the plan is measured and KEYS are pressed.
shot() {
  name=$1 size=$2 pressed=$3
  shift 3
  /usr/bin/python3 "$here/capture.py" --size "$size" --out "$pictures/$name.png" \
    --env "XDG_CACHE_HOME=$place" --env "XDG_STATE_HOME=$place" \
    --keys '<wait:4000><expect: measured ><expect: idle, >' --keys "$pressed" \
    -- "$binary" demo --plan plan.json "$@"
  # 256 colours are enough for a few hues and their smooth edges, in a third of the bytes.
  /usr/bin/python3 -c '
import sys
from PIL import Image
picture = Image.open(sys.argv[1]).convert("RGB")
picture.quantize(256, dither=Image.Dither.NONE).save(sys.argv[1], optimize=True)' "$pictures/$name.png"
}

shot map 120x36 'GL<Left><Left>kk'
shot layers 120x36 '2jjjllll'
shot light 120x36 'jlllllmmm' --theme lathe-light
shot plain 80x24 'jjllll' --colors mono --glyphs ascii
