# Figures of lines over two axes. Bands below, then guides, bars, dashed and solid lines, points.
set border 3 lw 1 lc rgb "#767676"
set ytics nomirror out scale 0.6 font axis_font textcolor rgb "#404040"
set grid ytics lt 1 lw 1 lc rgb "#e2e2e2"
plot for [i=1:n_series] "band.tsv" index i using 1:2:3 with filledcurves fillstyle transparent solid 0.16 noborder lc rgb word(colours, i), \
     "guide.tsv" using 1:2 with lines dashtype (4,4) lw 1.2 lc rgb "#767676", \
     "box.tsv" using 1:2:3:4:5:6:7 with boxxyerror fillstyle solid 1 noborder lc rgb variable, \
     "dashed.tsv" using 1:2:3 with lines dashtype (14,7) lw 1.6 lc rgb variable, \
     "curve.tsv" using 1:2:3 with lines lw 2.2 lc rgb variable, \
     "range.tsv" using 1:2:3:4:5 with vectors nohead lw 1.8 lc rgb variable, \
     "points.tsv" using 1:2:(dot * $4):3:5 with points pointsize variable pointtype variable lw 1.6 lc rgb variable
