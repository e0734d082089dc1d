# Figure 1: a row a cell. Line 5 to 95 %, box 25 to 75 %, bar median, diamond mean, below it the runs.
plot "guide.tsv" using 1:2 with lines dashtype (4,4) lw 1.2 lc rgb "#767676", \
     "range.tsv" using 1:2:3:4:5 with vectors nohead lw 1.4 lc rgb variable, \
     "box.tsv" using 1:2:3:4:5:6:7 with boxxyerror fillstyle solid 0.35 noborder lc rgb variable, \
     "outline.tsv" using 1:2:3:4:5 with vectors nohead lw 1.2 lc rgb variable, \
     "median.tsv" using 1:2:3:4 with vectors nohead lw 4 lc rgb "#000000", \
     "points.tsv" using 1:2:(dot * $4):3:5 with points pointsize variable pointtype variable lc rgb variable, \
     "mean.tsv" using 1:2 with points pointtype 12 pointsize shape * 0.85 lw 1.4 lc rgb "#000000", \
     "marks.tsv" using 1:2 with points pointtype 11 pointsize shape lc rgb "#d55e00"
