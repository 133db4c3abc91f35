#include "support/process.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <stdexcept>
#include <thread>

namespace testing_support {
namespace {

[[noreturn]] void fail(const std::string& what) {
  throw std::runtime_error(what + ": " + std::strerror(errno));
}

/// Only async-signal-safe calls after fork: other threads of ours may have held locks.
pid_t spawn(const std::vector<std::string>& arguments, int in, int out, int err) {
  std::vector<char*> argv;
  for (const std::string& argument : arguments) argv.push_back(const_cast<char*>(argument.c_str()));
  argv.push_back(nullptr);
  const pid_t parent = ::getpid();
  const pid_t pid = ::fork();
  if (pid < 0) fail("fork");
  if (pid > 0) return pid;
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);
  if (::getppid() != parent) ::_exit(127);
  ::dup2(in, 0);
  ::dup2(out, 1);
  ::dup2(err, 2);
  ::execvp(argv[0], argv.data());
  ::_exit(127);
}

/// A file without a name, at its beginning.
int scratch_file(const std::string& content = {}) {
  std::string path = "/tmp/neoburst-test-XXXXXX";
  const int fd = ::mkostemp(path.data(), O_CLOEXEC);
  if (fd < 0) fail("mkostemp");
  ::unlink(path.c_str());
  std::size_t written = 0;
  while (written < content.size()) {
    const ssize_t n = ::write(fd, content.data() + written, content.size() - written);
    if (n < 0) fail("write");
    written += static_cast<std::size_t>(n);
  }
  ::lseek(fd, 0, SEEK_SET);
  return fd;
}

std::string read_all(int fd) {
  ::lseek(fd, 0, SEEK_SET);
  std::string text;
  std::array<char, 65536> buffer{};
  for (ssize_t n = 0; (n = ::read(fd, buffer.data(), buffer.size())) > 0;) {
    text.append(buffer.data(), static_cast<std::size_t>(n));
  }
  return text;
}

int exit_code_of(int status) { return WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status); }

}  // namespace

CommandResult run_command(const std::vector<std::string>& arguments, const std::string& input) {
  const int in = scratch_file(input);
  const int out = scratch_file();
  const int err = scratch_file();
  const pid_t pid = spawn(arguments, in, out, err);
  int status = 0;
  while (::waitpid(pid, &status, 0) < 0 && errno == EINTR) {
  }
  CommandResult result{exit_code_of(status), read_all(out), read_all(err)};
  for (const int fd : {in, out, err}) ::close(fd);
  return result;
}

Process::Process(std::vector<std::string> arguments, std::string log)
    : arguments_(std::move(arguments)), log_(std::move(log)) {
  if (::access(arguments_.front().c_str(), X_OK) != 0) fail(arguments_.front());
  const int in = ::open("/dev/null", O_RDONLY | O_CLOEXEC);
  const int out = ::open(log_.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644);
  if (out < 0) fail(log_);
  pid_ = spawn(arguments_, in, out, out);
  ::close(in);
  ::close(out);
}

Process::~Process() {
  if (running()) end(SIGKILL);
}

bool Process::running() {
  if (status_) return false;
  int status = 0;
  if (::waitpid(pid_, &status, WNOHANG) == pid_) status_ = exit_code_of(status);
  return !status_;
}

int Process::end(int signal) {
  if (!running()) return *status_;
  ::kill(pid_, signal);
  // A program that does not end when asked is a failure that must not hang the tests.
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(20);
  while (running()) {
    if (std::chrono::steady_clock::now() > deadline) ::kill(pid_, SIGKILL);
    std::this_thread::sleep_for(std::chrono::milliseconds(2));
  }
  return *status_;
}

double Process::rss_mb() const {
  std::ifstream file("/proc/" + std::to_string(pid_) + "/status");
  for (std::string line; std::getline(file, line);) {
    if (line.starts_with("VmRSS:")) return static_cast<double>(std::atol(line.c_str() + 6)) / 1024.0;
  }
  return 0;
}

double Process::cpu_seconds() const {
  const std::string text = read_text("/proc/" + std::to_string(pid_) + "/stat");
  const auto name_end = text.rfind(')');
  if (name_end == std::string::npos) return 0;
  std::istringstream fields(text.substr(name_end + 2));
  std::string skipped;
  for (int i = 0; i < 11; ++i) fields >> skipped;
  double user = 0;
  double system = 0;
  fields >> user >> system;
  return (user + system) / static_cast<double>(::sysconf(_SC_CLK_TCK));
}

std::string tail_of(const std::string& path, std::size_t lines) {
  const std::string text = read_text(path);
  std::size_t start = text.size();
  for (std::size_t found = 0; start > 0; --start) {
    if (text[start - 1] == '\n' && ++found > lines) break;
  }
  return text.substr(start);
}

std::string read_text(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  std::ostringstream text;
  text << file.rdbuf();
  return text.str();
}

std::string program_folder() {
  return std::filesystem::read_symlink("/proc/self/exe").parent_path().string();
}

std::uint16_t free_port() {
  const int fd = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t length = sizeof address;
  const auto raw = reinterpret_cast<sockaddr*>(&address);
  if (fd < 0 || ::bind(fd, raw, length) != 0 || ::getsockname(fd, raw, &length) != 0) fail("free_port");
  ::close(fd);
  return ntohs(address.sin_port);
}

}  // namespace testing_support
