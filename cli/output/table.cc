#include "cli/output/table.h"

#include <algorithm>

#include "cli/output/plain_text.h"

namespace cli {
namespace {

constexpr std::size_t kGap = 3;

void append_cell(std::string& line, const std::string& cell, std::size_t width, bool right) {
  const std::string padding(width - display_width(cell), ' ');
  line += right ? padding + cell : cell + padding;
}

}  // namespace

void Table::add(std::vector<std::string> cells) {
  cells.resize(columns_.size());
  for (std::string& cell : cells) cell = cell.empty() ? "-" : plain_text(cell);
  rows_.push_back(std::move(cells));
}

std::string Table::text() const {
  std::vector<std::size_t> widths;
  std::vector<std::string> titles;
  for (const Column& column : columns_) {
    widths.push_back(display_width(column.title));
    titles.push_back(column.title);
  }
  for (const auto& row : rows_) {
    for (std::size_t i = 0; i < row.size(); ++i) widths[i] = std::max(widths[i], display_width(row[i]));
  }
  std::string out;
  const auto append_row = [&](const std::vector<std::string>& row) {
    std::string line;
    for (std::size_t i = 0; i < row.size(); ++i) {
      if (i > 0) line.append(kGap, ' ');
      append_cell(line, row[i], widths[i], columns_[i].right);
    }
    line.erase(line.find_last_not_of(' ') + 1);
    out += line + "\n";
  };
  append_row(titles);
  for (const auto& row : rows_) append_row(row);
  return out;
}

}  // namespace cli
