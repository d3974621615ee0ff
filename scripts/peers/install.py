"""Where the peers come from: PyPI, and one public repository. All of it lands in one folder."""
import subprocess
import sys
import tarfile
from pathlib import Path

from .engines import PEERS, Engine, Unavailable

CONSTRAINTS = Path(__file__).with_name("constraints.txt")

PACKAGES = {
    "mistral.rs": ["mistralrs"],
    "OpenVINO": [
        "openvino", "openvino-genai", "openvino-tokenizers", "nncf", "optimum-intel", "torch",
        "transformers", "gguf"],
}
TOOLS = ["cmake", "ninja", "gguf", "numpy"]
# The source package of llama.cpp's binding, which has llama.cpp in `vendor`.
LLAMA_CPP = "llama-cpp-python"
IK_LLAMA_CPP = (
    "https://github.com/ikawrakow/ik_llama.cpp.git", "8337e4cd3861406fc04e0854b1409cd1b027fbc9")
PROGRAMS = {
    "llama.cpp": ["llama-bench", "llama-batched-bench", "llama-quantize", "llama-perplexity"],
    "ik_llama.cpp": ["llama-bench", "llama-batched-bench", "llama-sweep-bench"],
}
BUILD_FLAGS = [
    "-G", "Ninja", "-DCMAKE_BUILD_TYPE=Release", "-DGGML_NATIVE=ON", "-DLLAMA_CURL=OFF",
    "-DLLAMA_OPENSSL=OFF", "-DLLAMA_BUILD_TESTS=OFF"]


def run(*command, folder: Path | None = None):
    """A step of an installation, whose output goes to standard error."""
    print(f"$ {' '.join(map(str, command))}", file=sys.stderr)
    try:
        subprocess.run([str(word) for word in command], check=True, cwd=folder, stdout=sys.stderr)
    except (OSError, subprocess.CalledProcessError) as error:
        raise Unavailable(f"its installation failed: {error}") from error


class Workshop:
    """The folder into which peers and models go; what is there is not made again."""

    def __init__(self, folder: Path, installs: bool):
        self.folder = folder
        self.installs = installs

    def engine(self, name: str) -> Engine:
        """A peer, installed where it is not yet. Raises `Unavailable`."""
        if name in PACKAGES:
            return PEERS[name](self.environment(name, PACKAGES[name]))
        return PEERS[name](self.programs(name))

    def environment(self, name: str, packages: list[str]) -> Path:
        """A virtual environment with the packages."""
        environment, complete = self.folder / name, self.folder / name / "complete"
        if not complete.exists():
            self.require_installing()
            run(sys.executable, "-m", "venv", environment)
            run(environment / "bin" / "pip", "install", "-q", "-c", CONSTRAINTS, *packages)
            complete.touch()
        return environment

    def tools(self) -> Path:
        """The programs of what builds engines and makes models."""
        return self.environment("tools", TOOLS) / "bin"

    def source(self, name: str) -> Path:
        """The sources of an engine that is built."""
        folder = self.folder / f"{name}-source"
        if folder.exists():
            return folder
        self.require_installing()
        draft = folder.with_name(f"{folder.name}.part")
        draft.mkdir(parents=True, exist_ok=True)
        if name == "ik_llama.cpp":
            repository, commit = IK_LLAMA_CPP
            run("git", "init", "-q", draft)
            run("git", "fetch", "-q", "--depth", 1, repository, commit, folder=draft)
            run("git", "checkout", "-q", "FETCH_HEAD", folder=draft)
        else:
            run(
                self.tools() / "pip", "download", "-q", "--no-deps", "--no-binary", LLAMA_CPP,
                "-c", CONSTRAINTS, "-d", draft, LLAMA_CPP)
            [package] = draft.glob("*.tar.gz")
            with tarfile.open(package) as archive:
                archive.extractall(draft, filter="data")
        draft.rename(folder)
        return folder

    def llama_cpp_source(self) -> Path:
        [folder] = self.source("llama.cpp").glob("*/vendor/llama.cpp")
        return folder

    def programs(self, name: str) -> Path:
        """The folder of an engine's programs."""
        build = self.folder / name
        missing = [each for each in PROGRAMS[name] if not (build / "bin" / each).exists()]
        if missing:
            self.require_installing()
            tools = self.tools()
            source = self.llama_cpp_source() if name == "llama.cpp" else self.source(name)
            run(
                tools / "cmake", "-S", source, "-B", build, *BUILD_FLAGS,
                f"-DCMAKE_MAKE_PROGRAM={tools / 'ninja'}")
            run(tools / "cmake", "--build", build, "--target", *missing)
        return build / "bin"

    def require_installing(self):
        if not self.installs:
            raise Unavailable("it is not installed")
