# Waterfall: bars from one mean to the other, one a cause; always linear, with 0 in sight.
plot "guide.tsv" using 1:2 with lines dashtype (2,3) lw 1.2 lc rgb "#767676", \
     "box.tsv" using 1:2:3:4:5:6:7 with boxxyerror fillstyle solid 1 noborder lc rgb variable, \
     "luck.tsv" using 1:2:3:4:5:6 with boxxyerror lc rgb "#d9d9d9" fillstyle pattern 2 noborder, \
     "more.tsv" using 1:2:3:4:5:6 with boxxyerror lc rgb "#d55e00" fillstyle pattern 5 noborder, \
     "less.tsv" using 1:2:3:4:5:6 with boxxyerror lc rgb "#0072b2" fillstyle pattern 4 noborder, \
     "outline.tsv" using 1:2:3:4:5 with vectors nohead lw 1.4 lc rgb variable, \
     "dashed.tsv" using 1:2:3 with lines dashtype (2,3) lw 1.4 lc rgb variable, \
     "range.tsv" using 1:2:3:4:5 with vectors nohead lw 2 lc rgb variable
