# cmake -DOUTPUT=<file.cc> -DHEADER=<header> -DFUNCTION=<namespace::name> -DFILES=<a.yaml;b.yaml> -P embed_texts.cmake
# Writes a source file that defines FUNCTION(), the names (without extension) and texts of FILES.
set(entries "")
foreach(file IN LISTS FILES)
  get_filename_component(name "${file}" NAME_WE)
  file(READ "${file}" text)
  string(FIND "${text}" ")embedded\"" end)
  if(NOT end EQUAL -1)
    message(FATAL_ERROR "${file} holds the mark that ends an embedded text")
  endif()
  string(APPEND entries "    {\"${name}\", R\"embedded(${text})embedded\"},\n")
endforeach()
string(REGEX REPLACE "::[^:]*$" "" namespace "${FUNCTION}")
string(REGEX REPLACE "^.*::" "" function "${FUNCTION}")
file(WRITE "${OUTPUT}" "#include \"${HEADER}\"

namespace ${namespace} {

std::span<const EmbeddedText> ${function}() {
  static constexpr EmbeddedText texts[] = {
${entries}  };
  return texts;
}

}  // namespace ${namespace}
")
