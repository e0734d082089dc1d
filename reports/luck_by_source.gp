# Luck by source: one stacked bar a protocol; hatches tell the sources apart, white stands behind their names.
plot "box.tsv" using 1:2:3:4:5:6:7 with boxxyerror fillstyle solid 1 noborder lc rgb variable, \
     "more.tsv" using 1:2:3:4:5:6 with boxxyerror lc rgb "#8fc8b6" fillstyle transparent pattern 5 noborder, \
     "less.tsv" using 1:2:3:4:5:6 with boxxyerror lc rgb "#8dbede" fillstyle transparent pattern 4 noborder, \
     "luck.tsv" using 1:2:3:4:5:6 with boxxyerror lc rgb "#dba9c6" fillstyle transparent pattern 1 noborder, \
     "outline.tsv" using 1:2:3:4:5 with vectors nohead lw 1.4 lc rgb variable, \
     "range.tsv" using 1:2:3:4:5 with vectors nohead lw 17 lc rgb variable
