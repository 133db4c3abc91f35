#pragma once

#include <string>
#include <vector>

namespace cli {

/// A table for people, in the manner of kubectl: titles in capitals, columns three blanks apart. Cells are
/// made plain (plain_text). An empty cell is shown as "-", because a blank column looks like an accident.
class Table {
 public:
  struct Column {
    std::string title;
    bool right = false;  ///< aligned to the right: numbers
  };
  explicit Table(std::vector<Column> columns) : columns_(std::move(columns)) {}
  /// `cells` are as many as there are columns.
  void add(std::vector<std::string> cells);
  /// Every line ends with a line break, none with blanks.
  std::string text() const;

 private:
  std::vector<Column> columns_;
  std::vector<std::vector<std::string>> rows_;
};

}  // namespace cli
