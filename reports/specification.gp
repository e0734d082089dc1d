# Specification curve: means with intervals over the columns, what each column has below them.
set border 0
unset xtics
set ytics nomirror out scale 0 font axis_font textcolor rgb "#404040"
set grid ytics lt 1 lw 1 lc rgb "#e2e2e2"
plot "guide.tsv" using 1:2 with lines dashtype (4,4) lw 1.2 lc rgb "#767676", \
     "range.tsv" using 1:2:3:4:5 with vectors nohead lw 1.6 lc rgb variable, \
     "points.tsv" using 1:2:(dot * $4):3:5 with points pointsize variable pointtype variable lw 1.8 lc rgb variable
