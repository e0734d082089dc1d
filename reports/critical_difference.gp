# Critical-difference diagram: mean ranks on a line, settings hanging from it, bars over those not told apart.
unset border
unset xtics
unset grid
plot "curve.tsv" using 1:2:3 with lines lw 1.4 lc rgb variable, \
     "outline.tsv" using 1:2:3:4:5 with vectors nohead lw 1.2 lc rgb variable, \
     "range.tsv" using 1:2:3:4:5 with vectors nohead lw 5 lc rgb variable, \
     "points.tsv" using 1:2:(dot * $4):3:5 with points pointsize variable pointtype variable lw 1.8 lc rgb variable
