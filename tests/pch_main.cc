// A program of nothing, for the header that tests share.
int main() {
  return 0;
}
