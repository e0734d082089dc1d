# Figure 2: paired differences to the reference with intervals; always linear, with 0 in sight.
plot "guide.tsv" using 1:2 with lines lw 1.6 lc rgb "#404040", \
     "range.tsv" using 1:2:3:4:5 with vectors nohead lw 2.2 lc rgb variable, \
     "mean.tsv" using 1:2 with points pointtype 7 pointsize dot * 1.2 lc rgb "#ffffff", \
     "points.tsv" using 1:2:(dot * $4):3:5 with points pointsize variable pointtype variable lw 1.8 lc rgb variable
