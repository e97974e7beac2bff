/* prices/model_prices.json, carried in the binary. */
  .section .rodata
  .global bailiwick_prices_begin
  .global bailiwick_prices_end
bailiwick_prices_begin:
  .incbin "prices/model_prices.json"
bailiwick_prices_end:
  .byte 0
  .section .note.GNU-stack,"",@progbits
