# Figure 3: losses epoch by epoch. Bands: quartiles; solid: validation; dashed: training.
set border 3 lw 1 lc rgb "#767676"
set ytics nomirror out scale 0.6 font axis_font textcolor rgb "#404040"
set grid ytics lt 1 lw 1 lc rgb "#e2e2e2"
plot for [i=1:n_series] "band.tsv" index i using 1:2:3 with filledcurves fillstyle transparent solid 0.18 noborder lc rgb word(colours, i), \
     "dashed.tsv" using 1:2:3 with lines dashtype (14,7) lw 1.6 lc rgb variable, \
     "curve.tsv" using 1:2:3 with lines lw 2.2 lc rgb variable
