#!/usr/bin/env bash
# Installs what Lathe's speed is compared with into FOLDER (default .peers, which git ignores):
# Hugging Face transformers with torch for CPUs, llama.cpp's llama-perplexity, and the bundled
# model as a float32 GGUF file. Nothing of it is needed to build, test or run Lathe.
#
#   Tests/Peers/install.sh [FOLDER]
#
# LLAMA_CPP    a folder with llama.cpp's sources; without it they come from PyPI, where the source
#              package of llama-cpp-python carries them
# TORCH_INDEX  where pip also looks for torch built for CPUs; empty for nowhere else
# JOBS         compilers at once, all cores by default
set -euo pipefail

here=$(cd "$(dirname "$0")" && pwd)
peers=$(mkdir -p "${1:-.peers}" && cd "${1:-.peers}" && pwd)
torch_index=${TORCH_INDEX-https://download.pytorch.org/whl/cpu}
python=$peers/venv/bin/python

[ -x "$python" ] || python3 -m venv "$peers/venv"
"$python" -m pip install -q ${torch_index:+--extra-index-url "$torch_index"} \
  "torch==2.13.0+cpu" transformers==5.23.0 gguf==0.19.0 cmake==4.4.4 scikit-build-core

sources=${LLAMA_CPP:-$peers/llama_cpp_python-0.3.36/vendor/llama.cpp}
if [ ! -d "$sources" ]; then
  "$python" -m pip download -q --no-deps --no-build-isolation --no-binary :all: \
    -d "$peers" llama-cpp-python==0.3.36 # llama.cpp at commit 0c1e57098
  tar xzf "$peers/llama_cpp_python-0.3.36.tar.gz" -C "$peers"
fi

# The extensions are named one by one, as its own detection takes AMX where the CPU lists it, and
# some virtual machines list it and trap on it.
extensions=()
for pair in avx512vl=AVX512 avx512_vbmi=AVX512_VBMI avx512_vnni=AVX512_VNNI \
  avx512_bf16=AVX512_BF16; do
  if grep -qw "${pair%=*}" /proc/cpuinfo; then extensions+=("-DGGML_${pair#*=}=ON"); fi
done
"$peers/venv/bin/cmake" -S "$sources" -B "$peers/llama.cpp" -DCMAKE_BUILD_TYPE=Release \
  -DGGML_NATIVE=OFF "${extensions[@]}" -DBUILD_SHARED_LIBS=OFF -DLLAMA_CURL=OFF \
  -DLLAMA_OPENSSL=OFF -DLLAMA_BUILD_SERVER=OFF -DLLAMA_BUILD_EXAMPLES=OFF \
  -DLLAMA_BUILD_TESTS=OFF >"$peers/cmake.log"
nice "$peers/venv/bin/cmake" --build "$peers/llama.cpp" --target llama-perplexity \
  -j "${JOBS:-$(nproc)}" >>"$peers/cmake.log"

"$python" "$here/gguf_file.py" "$here/../../Sources/lathe/Resources/demo-model/checkpoint" \
  "$peers/demo-f32.gguf"
echo "Installed in $peers; make bench now compares with them."
